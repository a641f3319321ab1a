/** An agent's settings in a form, with what the model gets of them beside it. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Download, MessageSquarePlus, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";

import { Problem } from "../api/client";
import type { Draft, Values } from "../form/field";
import { useForm } from "../form/use-form";
import { Badge } from "../parts/badge";
import { Button } from "../parts/button";
import { Form } from "../parts/form";
import { Heading } from "../parts/heading";
import { MAIN_LINK, PLAIN_LINK } from "../parts/link-button";
import { Trouble } from "../parts/trouble";
import { words } from "../words";
import { Assembled } from "./assembled";
import { changeAgent, readAgent, type Versioned } from "./calls";
import { Conflict } from "./conflict";
import { DeleteAgent } from "./delete-agent";
import { History } from "./history";
import { nameOf } from "./name";
import { agentFields, differing, settingsOf, valuesOf } from "./settings";
import { useChoices } from "./use-choices";

const texts = words.agent;

/** `newest`: the agent as it was last read; it may have become another one than the form began with. */
export function EditAgent({ newest }: { newest: Versioned }) {
  const [base, setBase] = useState(newest);
  const [why, setWhy] = useState("");
  const [theirs, setTheirs] = useState<Versioned>();
  const [isDeleting, setDeleting] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { agent } = base;
  const choices = useChoices(agent.default_model_id);
  const fields = agentFields(choices);
  const form = useForm(fields, valuesOf(agent));
  const isArchived = newest.agent.status === "archived";

  const take = (next: Versioned, sent?: Draft) => {
    setBase(next);
    form.reset(valuesOf(next.agent), sent);
    setTheirs(undefined);
  };
  const isBehind = newest.version !== base.version;
  useEffect(() => {
    if (isBehind && !form.isDirtyNow()) take(newest);
  }, [newest.version]);

  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["agent", agent.id] }),
      queries.invalidateQueries({ queryKey: ["agents"] }),
    ]);
  const saveOver = async (version: string, values: Values) => {
    const sent = form.draft;
    const saved = await changeAgent(agent.id, settingsOf(values, agent.capabilities), version, why.trim());
    queries.setQueryData(["agent", agent.id], saved);
    take(saved, sent);
    setWhy("");
    await refresh();
  };
  const save = async (values: Values) => {
    try {
      await saveOver(base.version, values);
    } catch (error) {
      if (Problem.from(error).status !== 412) throw error;
      setTheirs(await readAgent(agent.id));
    }
  };
  const overwriting = useMutation({ mutationFn: (over: Versioned) => saveOver(over.version, form.values) });
  const archiving = useMutation({
    mutationFn: () => changeAgent(agent.id, { status: isArchived ? "active" : "archived" }, base.version, ""),
    onSuccess: (next) => {
      // What is typed stays, and stays unsaved.
      setBase(next);
      queries.setQueryData(["agent", agent.id], next);
      return refresh();
    },
  });

  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
      <Heading title={nameOf(agent)}>
        <Link to="/chat" search={{ agent: agent.id }} className={MAIN_LINK}>
          <MessageSquarePlus size={16} aria-hidden />
          {texts.chat}
        </Link>
        <a href={`/v1/agents/${agent.id}/export`} download={`${agent.name}.md`} className={PLAIN_LINK}>
          <Download size={16} aria-hidden />
          {texts.export}
        </a>
        <Button
          icon={isArchived ? <ArchiveRestore size={16} aria-hidden /> : <Archive size={16} aria-hidden />}
          label={isArchived ? texts.unarchive : texts.archive}
          disabled={archiving.isPending}
          onClick={() => archiving.mutate()}
        />
        <Button icon={<Trash2 size={16} aria-hidden />} label={texts.delete} onClick={() => setDeleting(true)} />
      </Heading>
      <div className="flex flex-wrap items-center gap-3 text-sm">
        {isArchived && <Badge tone="wait">{texts.isArchived}</Badge>}
        {agent.default_version_id && <Badge tone="wait">{texts.isPinnedToVersion}</Badge>}
        <Link to="/sessions" search={{ agent: agent.id }} className="text-accent underline underline-offset-2">
          {words.agents.sessions(newest.agent.session_count)}
        </Link>
        <span className="font-mono text-xs break-all text-soft">{agent.id}</span>
      </div>
      {choices.error !== undefined && <Trouble error={choices.error} onRetry={choices.retry} />}
      {archiving.isError && <Trouble error={archiving.error} />}
      {overwriting.isError && <Trouble error={overwriting.error} />}
      {isBehind && form.isDirty && (
        <p
          role="status"
          className="sticky top-2 z-1 flex flex-wrap items-center gap-3 rounded-lg bg-wait-wash px-3 py-2 text-sm text-wait"
        >
          {texts.changedMeanwhile}
          <Button onClick={() => take(newest)}>{texts.loadTheirs}</Button>
        </p>
      )}
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Form label={texts.form} fields={fields} form={form} onSave={save}>
            <input
              aria-label={texts.reason}
              placeholder={texts.reason}
              maxLength={1000}
              className="field min-w-40 flex-1"
              value={why}
              onChange={(event) => setWhy(event.target.value)}
            />
          </Form>
          <History agentId={agent.id} isDirty={form.isDirty} />
        </div>
        <Assembled form={form} capabilities={agent.capabilities} />
      </div>
      {theirs && (
        <Conflict
          changed={differing(fields, agent, theirs.agent)}
          onOverwrite={() => {
            setTheirs(undefined);
            overwriting.mutate(theirs);
          }}
          onLoad={() => take(theirs)}
          onClose={() => setTheirs(undefined)}
        />
      )}
      {isDeleting && (
        <DeleteAgent
          agent={newest.agent}
          onClose={() => setDeleting(false)}
          onGone={() => {
            form.reset(valuesOf(agent));
            void navigate({ to: "/agents" });
          }}
        />
      )}
    </div>
  );
}
