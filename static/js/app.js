// Every page works without this file.
(() => {
  const on = (type, fn) => document.addEventListener(type, fn);

  function said(button, field, ok) {
    const label = button.querySelector("[data-copy-label]");
    const status = button.closest(".copy").querySelector("[data-copy-status]");
    label.textContent = ok ? "Copied" : "Press Ctrl+C";
    status.textContent = ok ? "Copied" : "Selected. Press Ctrl+C to copy.";
    if (!ok) {
      field.focus();
      field.select();
    }
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      label.textContent = "Copy";
      status.textContent = "";
    }, ok ? 2000 : 6000);
  }

  on("click", async (e) => {
    const button = e.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      said(button, field, true);
    } catch {
      said(button, field, false);
    }
  });

  on("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.closest("input, textarea, select, dialog")) return;
    const seen = (within) => [...document.querySelectorAll(within + " [data-search]")].find((b) => b.checkVisibility());
    const box = seen("main") || seen("body");
    if (!box) return;
    e.preventDefault();
    box.focus();
    box.select();
  });

  // On hover the local time joins the UTC.
  on("pointerover", (e) => {
    const time = e.target.closest?.("time[title]");
    if (!time || time.dataset.local) return;
    time.dataset.local = "1";
    time.title += "\n" + new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  });

  function gate(box) {
    const button = document.getElementById(box.dataset.gates);
    if (button) button.disabled = !box.checked;
  }
  on("change", (e) => e.target.matches("[data-gates]") && gate(e.target));
  document.querySelectorAll("[data-gates]").forEach(gate);
})();
