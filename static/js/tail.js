// The live tail: rows from a server-sent stream enter at the top of a table.
(() => {
  const keep = 200;

  for (const box of document.querySelectorAll("[data-tail]")) start(box);

  function start(box) {
    const button = box.querySelector("[data-tail-button]");
    const label = box.querySelector("[data-tail-label]");
    const status = box.querySelector("[data-tail-status]");
    const more = box.querySelector("[data-tail-more]");
    if (!window.EventSource || button.classList.contains("on")) return;

    let stream = null;
    let last = "";
    let live = false;
    let held = [];
    let over = false;

    button.setAttribute("role", "button");
    button.setAttribute("aria-pressed", "false");

    // A fragment may have replaced the table since the last look.
    const table = () => document.getElementById(box.dataset.tailRows);
    const paused = () => over || table().contains(document.activeElement) || table().querySelector("[aria-current=true]");

    function open() {
      const url = new URL(box.dataset.tail, location);
      if (last) url.searchParams.set("after", last);
      stream = new EventSource(url);
      stream.onopen = () => (status.textContent = "Live. New entries appear at the top.");
      stream.onerror = () => (status.textContent = "Connection lost. Trying again.");
      stream.onmessage = (e) => {
        last = e.lastEventId || last;
        held.push(e.data);
        if (held.length > keep) held.shift();
        table() && !paused() ? flush() : show();
      };
    }

    function close() {
      stream?.close();
      stream = null;
    }

    function show() {
      more.hidden = held.length === 0;
      more.textContent = held.length === 1 ? "1 new row" : held.length + " new rows";
    }

    function flush() {
      const rows = table();
      for (const html of held) {
        const t = document.createElement("template");
        t.innerHTML = html;
        const row = t.content.querySelector("tr");
        if (!row || (row.id && document.getElementById(row.id))) continue;
        row.classList.add("new");
        rows.prepend(row);
        window.htmx?.process(row);
      }
      held = [];
      while (rows.rows.length > keep) rows.lastElementChild.remove();
      show();
    }

    function toggle(e) {
      e.preventDefault();
      live = !live;
      button.setAttribute("aria-pressed", String(live));
      button.classList.toggle("on", live);
      label.textContent = live ? "Stop live tail" : "Live tail";
      status.textContent = live ? "Connecting." : "Live tail stopped.";
      live ? open() : (close(), flush());
    }

    button.addEventListener("click", toggle);
    button.addEventListener("keydown", (e) => e.key === " " && toggle(e));
    more.addEventListener("click", flush);
    document.addEventListener("pointerover", (e) => {
      const was = over;
      over = Boolean(table()?.contains(e.target));
      if (was && !over && held.length && !paused()) flush();
    });
    document.addEventListener("visibilitychange", () => {
      if (!live) return;
      document.hidden ? close() : stream || open();
    });
    addEventListener("pagehide", close);
  }
})();
