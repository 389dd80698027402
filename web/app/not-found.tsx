// SPDX-License-Identifier: MIT
import Link from "next/link";

export default function NotFound() {
  return (
    <main>
      <h1>There is no such page.</h1>
      <p>
        <Link href="/">To the beginning</Link>
      </p>
    </main>
  );
}
