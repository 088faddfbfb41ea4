// Keys for a table with data-keys: up and down walk its rows, Escape closes the
// row that is open beside them, y copies the address of what is shown.
(() => {
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, dialog, [popover]")) return;
    const rows = document.querySelector("[data-keys]");
    if (e.key === "y") return copy();
    if (e.key === "Escape") return close(rows);
    if (!rows || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
    const here = e.target.closest("[data-keys] > tr") || rows.querySelector("[aria-current=true]");
    if (!here) return;
    const next = e.key === "ArrowDown" ? here.nextElementSibling : here.previousElementSibling;
    const link = next?.querySelector("a[href]");
    if (!link) return;
    e.preventDefault();
    link.focus();
    next.scrollIntoView({ block: "nearest" });
    // With one row open the reader is browsing: open the next one too.
    if (here.getAttribute("aria-current") === "true") link.click();
  });

  // The row keeps the focus, so that walking goes on from it.
  function close(rows) {
    const link = document.querySelector("[data-panel-close]");
    if (!link) return;
    rows?.querySelector("[aria-current=true] a[href]")?.focus();
    link.click();
  }

  async function copy() {
    const region = document.getElementById("flash");
    try {
      await navigator.clipboard.writeText(location.href);
      say(region, "Link copied");
    } catch {
      say(region, "Copy the link from the address bar: this browser allows copying only on https");
    }
  }

  function say(region, text) {
    const p = document.createElement("p");
    p.className = "toast";
    p.textContent = text;
    region.replaceChildren(p);
    setTimeout(() => p.remove(), 4000);
  }
})();
