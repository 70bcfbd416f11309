"use strict";
const order = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim().toLowerCase() : cell.dataset.value === "" ? null : Number(cell.dataset.value);
};

function sortBy(header) {
  const table = header.closest("table"), body = table.tBodies[0], column = header.cellIndex;
  const isDescending = header.getAttribute("aria-sort") === "ascending";
  const rows = [...body.rows].map((row) => [order(row, column), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return (a < b ? -1 : a > b ? 1 : 0) * (isDescending ? -1 : 1);
  });
  body.append(...rows.map(([, row]) => row));
  for (const one of header.parentNode.cells) one.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
  document.getElementById("sorted").textContent = "Sorted by " + header.textContent.trim() + ", " + header.getAttribute("aria-sort");
}

for (const button of document.querySelectorAll(".sortable th button")) button.addEventListener("click", () => sortBy(button.closest("th")));
