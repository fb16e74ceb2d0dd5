"use strict";
(() => {
  const root = document.documentElement;
  const said = document.getElementById("said");

  // Hide names: what could tell who somebody is leaves the screen, addresses of notes included.
  const hide = document.getElementById("hide-names");
  if (hide) {
    hide.hidden = false;
    hide.addEventListener("click", () => {
      const hidden = root.classList.toggle("hide");
      hide.setAttribute("aria-pressed", String(hidden));
      for (const link of document.querySelectorAll("a[data-note]")) {
        if (hidden) {
          link.dataset.address = link.getAttribute("href");
          link.removeAttribute("href");
        } else {
          link.setAttribute("href", link.dataset.address);
        }
      }
    });
  }

  // Copy: last time, why and do, as they stand on the card.
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const card = document.getElementById(button.dataset.card);
      const lines = [...card.querySelectorAll("[data-copy]")].map((part) => part.innerText.trim());
      try {
        await navigator.clipboard.writeText(lines.filter(Boolean).join("\n"));
        said.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(card.querySelector(".words-of-card"));
        said.textContent = "Selected; copy it with your keyboard.";
      }
    });
  }

  // Find people: the first few of everybody whose name holds what is typed.
  const find = document.getElementById("find");
  const hits = document.getElementById("hits");
  if (find) {
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const people = [...document.querySelectorAll("#everybody tbody tr")].map((row) => [plain(row.cells[0].textContent), row]);
    const show = () => {
      const wanted = plain(find.value.trim());
      const found = wanted ? people.filter(([name]) => name.includes(wanted)) : [];
      hits.replaceChildren(...found.slice(0, 8).map(([, row]) => {
        const line = document.createElement("li");
        const stands = document.createElement("span");
        stands.className = "quiet";
        stands.textContent = `${row.cells[1].textContent} ${row.cells[2].textContent}`;
        line.append(row.cells[0].firstElementChild.cloneNode(true), stands);
        return line;
      }));
      hits.hidden = !found.length;
      document.getElementById("found").textContent = wanted ? `${found.length} found` : "";
    };
    const form = find.closest("form");
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      find.value = "";
      show();
      find.focus();
    });
    find.addEventListener("input", show);
    hide.addEventListener("click", show);
  }

  // A snooze menu closes with Escape, when another opens, and when the focus leaves it.
  for (const menu of document.querySelectorAll("details.snooze")) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
})();
