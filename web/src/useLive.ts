// SPDX-License-Identifier: MIT
"use client";

import { useEffect, useRef, useState } from "react";

/**
 * Repeats a fetch while the page is visible, and at once when it becomes visible or `cause` changes. `load` gets the
 * last value and returns the next one. Returns the present value, and whether a fetch has ended.
 */
export function useLive<Known>(
  initial: Known,
  load: (before: Known) => Promise<Known>,
  every: number,
  cause: string = "",
) {
  const [state, setState] = useState({ known: initial, answered: false });
  const latest = useRef(initial);

  useEffect(() => {
    let gone = false;
    async function refresh() {
      if (document.visibilityState === "hidden") return;
      const known = await load(latest.current);
      if (gone) return;
      latest.current = known;
      setState({ known, answered: true });
    }
    void refresh();
    const timer = setInterval(refresh, every);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      gone = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
    };
  }, [load, every, cause]);

  return state;
}
