// Rules are put in order by dragging their grips; the buttons beside them do the
// same without this file.
(() => {
  const form = document.getElementById("order");
  if (!form) return;
  let row = null;
  let before = "";

  const rows = () => [...document.querySelectorAll("[data-order]")];
  const order = () => rows().map((r) => r.dataset.order).join(" ");

  document.addEventListener("pointerdown", (e) => {
    const grip = e.target.closest("[data-order] .grip");
    if (!grip || e.button !== 0) return;
    e.preventDefault();
    row = grip.closest("[data-order]");
    before = order();
    row.classList.add("dragged");
    grip.setPointerCapture(e.pointerId);
  });

  document.addEventListener("pointermove", (e) => {
    if (!row) return;
    const over = rows().find((r) => {
      const box = r.getBoundingClientRect();
      return r !== row && e.clientY >= box.top && e.clientY <= box.bottom;
    });
    if (!over) return;
    const box = over.getBoundingClientRect();
    if (e.clientY < box.top + box.height / 2) over.before(row);
    else over.after(row);
  });

  function drop() {
    if (!row) return;
    row.classList.remove("dragged");
    row = null;
    if (order() === before) return;
    form.elements.ids.value = order();
    form.requestSubmit();
  }
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
})();
