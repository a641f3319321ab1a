/** Signing in with a key. The browser keeps it in a cookie that no script can read, this one neither. */

import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";

import { api, must, Problem } from "../api/client";
import { Button } from "../parts/button";
import { Trouble } from "../parts/trouble";
import { useTitle } from "../parts/use-title";
import { words } from "../words";

const route = getRouteApi("/sign-in");

export function SignIn() {
  useTitle(words.signIn.title);
  const { to } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const [isShown, setShown] = useState(false);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    try {
      await must(api.POST("/v1/users/me/sign-in", { headers: { authorization: `Bearer ${key.trim()}` } }));
      queries.clear();
      // Only a place of this page: a link must not lead the person who signed in elsewhere.
      const isOurs = to !== undefined && to.startsWith("/") && !to.startsWith("//") && !to.startsWith("/sign-in");
      router.history.push(isOurs ? to : "/");
    } catch (failure) {
      setError(failure);
    }
    setSending(false);
  };
  const isWrong = error !== undefined && Problem.from(error).status === 401;
  return (
    <form
      onSubmit={(event) => void signIn(event)}
      className="panel mx-auto mt-[12vh] flex w-[min(26rem,calc(100%-1.5rem))] flex-col gap-4 p-6"
    >
      <h1 className="text-xl font-semibold">{words.signIn.title}</h1>
      <p className="text-soft">
        {words.signIn.why} <code className="font-mono text-sm text-ink">everruns keys create</code>.
      </p>
      <label className="flex flex-col gap-1">
        <span className="text-sm font-medium">{words.signIn.field}</span>
        <input
          className="field font-mono"
          type={isShown ? "text" : "password"}
          autoComplete="current-password"
          autoFocus
          required
          aria-invalid={isWrong}
          aria-describedby={isWrong ? "wrong-key" : undefined}
          placeholder="evr_pat_…"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <label className="flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          className="size-4"
          checked={isShown}
          onChange={(event) => setShown(event.target.checked)}
        />
        {words.signIn.show}
      </label>
      {isWrong ? (
        <p id="wrong-key" role="alert" className="text-sm text-bad">
          {words.signIn.wrong}
        </p>
      ) : (
        error !== undefined && <Trouble error={error} />
      )}
      <Button type="submit" look="main" className="justify-center" disabled={isSending || key.trim() === ""}>
        {words.signIn.go}
      </Button>
    </form>
  );
}
