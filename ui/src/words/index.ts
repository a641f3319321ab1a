/** Every text of the page, a file for each part of it. Names of things are those of the API. */

import { chat } from "./chat";
import { everywhere } from "./everywhere";
import { lists } from "./lists";
import { sessions } from "./sessions";

export const words = { ...everywhere, chat, lists, sessions };
