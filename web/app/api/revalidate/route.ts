// SPDX-License-Identifier: MIT
// Drops the status that the server keeps, so that the next visitor gets the newest. For those who know the secret:
//
//     curl -X POST -H "Authorization: Bearer $STATUS_REVALIDATE_SECRET" https://www.example.com/api/revalidate
//
// and for elytra-status itself, with WEBHOOK_URL set to this address and WEBHOOK_SECRET to the secret.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { revalidateTag } from "next/cache";
import { STATUS_TAG } from "../../../lib/fetchStatus";

const SIGNATURE_HOLDS_SECONDS = 300;
const LONGEST_BODY = 64 * 1024;

export async function POST(request: Request): Promise<Response> {
  const secret = process.env.STATUS_REVALIDATE_SECRET;
  if (!secret || !((await isSigned(request, secret)) || isBearer(request, secret))) {
    return answer(401, { error: "unauthorized" }, { "WWW-Authenticate": "Bearer" });
  }
  revalidateTag(STATUS_TAG, { expire: 0 });
  return answer(200, { revalidated: STATUS_TAG });
}

function isBearer(request: Request, secret: string): boolean {
  return same(request.headers.get("Authorization") ?? "", `Bearer ${secret}`);
}

/** Whether elytra-status has signed this, not long ago: HMAC-SHA256 over time stamp, full stop and body. */
async function isSigned(request: Request, secret: string): Promise<boolean> {
  const signature = request.headers.get("X-Elytra-Status-Signature");
  const stamp = request.headers.get("X-Elytra-Status-Timestamp");
  if (!signature || !stamp || !(Number(request.headers.get("Content-Length") ?? NaN) <= LONGEST_BODY)) return false;
  if (!(Math.abs(Date.now() / 1000 - Number(stamp)) <= SIGNATURE_HOLDS_SECONDS)) return false;
  const body = Buffer.from(await request.arrayBuffer());
  const expected = createHmac("sha256", secret).update(`${stamp}.`).update(body).digest("hex");
  return same(signature, `sha256=${expected}`);
}

/** Compares in a time that tells nothing: digests are of one length, whatever they are of. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
}
