import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";

import { api, must, Problem } from "../api/client";
import { words } from "../words";
import { Button } from "./button";

/** The way out, for who came in with a key. */
export function SignedIn() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery({ queryKey: ["me"], queryFn: () => must(api.GET("/v1/users/me")), staleTime: 60_000 });
  if (!me.data?.key_id) return null;
  const signOut = async () => {
    // Without a good key there is nothing to leave: the answer has taken the cookie back.
    await must(api.POST("/v1/users/me/sign-out")).catch((error: unknown) => {
      if (Problem.from(error).status !== 401) throw error;
    });
    queries.clear();
    await navigate({ to: "/sign-in" });
  };
  return (
    <Button
      look="quiet"
      icon={<LogOut size={16} aria-hidden />}
      label={`${words.signIn.out} ${me.data.name}`}
      onClick={() => void signOut()}
    />
  );
}
