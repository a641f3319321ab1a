export function NewAgent() {
  return null;
}
export function AgentPage() {
  return null;
}
