/** A new chat: with whom, with which model, and the first words. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { nameOf } from "../agent/name";
import { agentsQuery, modelsQuery } from "../api/queries";
import { Composer } from "../chat/composer";
import { Choice } from "../parts/choice";
import { Empty } from "../parts/empty";
import { useTitle } from "../parts/use-title";
import { createSession, say, type Delivery } from "../session/actions";
import type { ContentPart } from "../session/event";
import { words } from "../words";

const route = getRouteApi("/chat");

export function NewChat() {
  useTitle(words.chat.new);
  const search = route.useSearch();
  const navigate = useNavigate();
  const [agent, setAgent] = useState(search.agent ?? "");
  const [model, setModel] = useState("");
  const agents = useQuery(agentsQuery(false));
  const models = useQuery(modelsQuery);
  // A session whose first message failed is there already when it is sent again.
  const made = useRef<{ of: string; id: string }>(undefined);
  const send = async (content: ContentPart[], delivery: Delivery, key: string) => {
    const spec = { agent_id: agent || undefined, model_id: model || undefined };
    const of = JSON.stringify(spec);
    if (made.current?.of !== of) made.current = { of, id: (await createSession(spec)).id };
    const sessionId = made.current.id;
    await say(sessionId, content, delivery, key);
    void navigate({ to: "/sessions/$sessionId", params: { sessionId } });
  };
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">{words.chat.new}</h1>
      <div className="flex flex-1 flex-col justify-center overflow-auto">
        <Empty title={words.chat.new} what={words.chat.empty.what} />
      </div>
      <div className="px-3 pb-3 sm:px-6">
        <Composer draftKey="draft-new" isRunning={false} onSend={send}>
          <Choice
            label={words.chat.agent}
            value={agent}
            onChange={setAgent}
            none={words.chat.noAgent}
            all={(agents.data?.data ?? []).map((one) => [one.id, nameOf(one)])}
          />
          <Choice
            label={words.chat.model}
            value={model}
            onChange={setModel}
            none={words.chat.defaultModel}
            all={(models.data?.data ?? []).map((one) => [one.id, one.display_name ?? one.id])}
          />
        </Composer>
      </div>
    </div>
  );
}
