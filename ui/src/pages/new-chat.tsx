/** A new chat: with whom, with which model, and the first words. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, must } from "../api/client";
import { Composer } from "../chat/composer";
import { Choice } from "../parts/choice";
import { Empty } from "../parts/empty";
import { createSession, say } from "../session/actions";
import type { ContentPart } from "../session/event";
import { words } from "../words";

const route = getRouteApi("/chat");

export function NewChat() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [agent, setAgent] = useState(search.agent ?? "");
  const [model, setModel] = useState("");
  const agents = useQuery({
    queryKey: ["agents", "all"],
    queryFn: () => must(api.GET("/v1/agents", { params: { query: { limit: 100 } } })),
  });
  const models = useQuery({ queryKey: ["models"], queryFn: () => must(api.GET("/v1/models")) });
  const send = async (content: ContentPart[]) => {
    const session = await createSession({ agent_id: agent || undefined, model_id: model || undefined });
    await say(session.id, content, "steer");
    void navigate({ to: "/sessions/$sessionId", params: { sessionId: session.id } });
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
            all={(agents.data?.data ?? []).map((one) => [one.id, one.display_name ?? one.name])}
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
