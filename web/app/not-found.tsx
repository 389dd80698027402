// SPDX-License-Identifier: MIT
// Next's own has styles in it, which the Content-Security-Policy forbids.
import Link from "next/link";

export default function NotFound() {
  return (
    <>
      <h1>There is no such page.</h1>
      <p>
        <Link href="/">To the beginning</Link>
      </p>
    </>
  );
}
