/** Every text of the page, a file for each part of it. Names of things are those of the API. */

import { agent, agents } from "./agents";
import { chat } from "./chat";
import { everywhere } from "./everywhere";
import { forms } from "./forms";
import { home } from "./home";
import { lists } from "./lists";
import { sessions } from "./sessions";
import { trace } from "./trace";

export const words = { ...everywhere, agent, agents, chat, forms, home, lists, sessions, trace };
