// SPDX-License-Identifier: MIT
// Clears the cached status on the server, so that the next visitor gets the newest:
//
//     // app/api/revalidate/route.ts
//     export { POST } from "elytra-status-next/revalidate";
//
// elytra-status calls it with a signature (REVALIDATE_URL, REVALIDATE_SECRET); others may send the secret itself:
//
//     curl -X POST -H "Authorization: Bearer $STATUS_REVALIDATE_SECRET" https://www.example.com/api/revalidate

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { revalidateTag } from "next/cache";
import { STATUS_TAG } from "./fetchStatus";

const SIGNATURE_VALID_SECONDS = 300;
const LONGEST_BODY = 64 * 1024;

// Next.js 16 requires the time at which the tag expires; Next.js 15 has no such argument.
const expireTag: (tag: string, profile: { expire: number }) => void = revalidateTag;

/** Handles a POST that proves knowledge of STATUS_REVALIDATE_SECRET. */
export async function POST(request: Request): Promise<Response> {
  const secret = process.env.STATUS_REVALIDATE_SECRET;
  if (!secret || !((await isSigned(request, secret)) || isBearer(request, secret))) {
    return answer(401, { error: "unauthorized" }, { "WWW-Authenticate": "Bearer" });
  }
  expireTag(STATUS_TAG, { expire: 0 });
  return answer(200, { revalidated: STATUS_TAG });
}

function isBearer(request: Request, secret: string): boolean {
  return isSame(request.headers.get("Authorization") ?? "", `Bearer ${secret}`);
}

/** Whether elytra-status has signed the request recently: HMAC-SHA256 over time stamp, full stop and body. */
async function isSigned(request: Request, secret: string): Promise<boolean> {
  const signature = request.headers.get("X-Elytra-Status-Signature");
  const stamp = request.headers.get("X-Elytra-Status-Timestamp");
  if (!signature || !stamp || !(Number(request.headers.get("Content-Length") ?? NaN) <= LONGEST_BODY)) return false;
  if (!(Math.abs(Date.now() / 1000 - Number(stamp)) <= SIGNATURE_VALID_SECONDS)) return false;
  const body = Buffer.from(await request.arrayBuffer());
  const expected = createHmac("sha256", secret).update(`${stamp}.`).update(body).digest("hex");
  return isSame(signature, `sha256=${expected}`);
}

/** Compares two texts in constant time. Their digests have the same length. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
}
