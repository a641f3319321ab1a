/** A name for a request, so that it has its effect once however often it is sent. Works without HTTPS, too. */
export function once(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": randomHex() };
}

/** 128 random bits. */
export function randomHex(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
