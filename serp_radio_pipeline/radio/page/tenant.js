const episodes = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const clock = (seconds) => Math.floor(seconds / 60) + ":" + String(Math.floor(seconds % 60)).padStart(2, "0");
const metrics = ["clicks", "impressions", "ctr", "position"], moods = ["MOMENTUM_POS", "MOMENTUM_NEG", "VOLATILE_SPIKE", "NEUTRAL"];

for (const box of document.querySelectorAll(".sideways")) box.scrollLeft = box.scrollWidth;  // the newest week is the last

if (find("turn")) {
  const sides = ["a", "b"].map((name) => ({name, box: find("side-" + name), select: find("day-" + name), sound: find("sound-" + name), gone: find("gone-" + name)}));
  let active = 0, isInTurn = false;
  const episodeOf = (side) => episodes[side.select.selectedIndex];
  const hint = find("now").textContent;
  const say = (words) => { find("now").textContent = words; };

  function show() {
    const {sound} = sides[active], seconds = episodeOf(sides[active]).seconds, isPlaying = isInTurn && !sound.paused;
    find("seek").max = seconds;
    find("seek").value = sound.currentTime;
    find("clock").value = clock(sound.currentTime) + " / " + clock(seconds);
    find("turn").setAttribute("aria-pressed", String(isPlaying));
    find("turn-word").textContent = isPlaying ? "Pause" : "Play in turn";
    sides.forEach((side, index) => side.box.classList.toggle("playing", isPlaying && index === active));
  }

  function choose(side) {
    const chosen = episodeOf(side);
    stop();
    say(hint);
    active = 0;  // another pair begins with its first
    for (const {sound} of sides) if (sound.readyState) sound.currentTime = 0;
    side.box.classList.remove(...moods);
    side.box.classList.add(chosen.mood);
    find("verdict-" + side.name).textContent = chosen.verdict;
    metrics.forEach((metric, index) => { find(metric + "-" + side.name).textContent = chosen.figures[index]; });
    side.gone.textContent = "";
    side.sound.src = chosen.sound;
    for (const cell of document.querySelectorAll(".calendar [data-date]")) cell.classList.toggle("chosen", sides.some((one) => episodeOf(one).date === cell.dataset.date));
    show();
  }

  function play(index, from) {
    sides[1 - index].sound.pause();
    active = index;
    isInTurn = true;
    const side = sides[index], chosen = episodeOf(side);
    if (from !== undefined) side.sound.currentTime = Math.min(from, chosen.seconds - 0.1);
    say((index ? "Second: " : "First: ") + chosen.date + ", " + chosen.verdict.toLowerCase());
    side.sound.play().catch(() => {});  // an absent sound is said by its error event
    show();
  }

  function stop() {
    isInTurn = false;
    for (const side of sides) side.sound.pause();
  }

  sides.forEach((side, index) => {
    for (const one of episodes) side.select.add(new Option(one.day + ": " + one.verdict.toLowerCase()));
    side.select.selectedIndex = index ? Math.min(7, episodes.length - 1) : 0;
    side.select.addEventListener("change", () => choose(side));
    side.sound.addEventListener("timeupdate", () => { if (index === active) show(); });
    side.sound.addEventListener("ended", () => { if (index === 0) play(1, 0); else { stop(); active = 0; sides[0].sound.currentTime = 0; say("Both have played."); show(); } });
    side.sound.addEventListener("error", () => {
      side.gone.textContent = "The sound of " + episodeOf(side).date + " is not there: " + episodeOf(side).sound + " can't be loaded. Its numbers are above.";
      if (isInTurn && index === active) { if (index === 0 && !sides[1].gone.textContent) play(1, 0); else { stop(); show(); } }
    });
  });
  sides.forEach(choose);
  find("turn").addEventListener("click", () => { if (isInTurn && !sides[active].sound.paused) { stop(); show(); } else play(active); });
  find("switch").addEventListener("click", () => play(1 - active, sides[active].sound.currentTime));
  find("seek").addEventListener("input", (event) => { sides[active].sound.currentTime = Number(event.target.value); show(); });
  let next = 0;
  for (const cell of document.querySelectorAll(".calendar [data-date]")) cell.addEventListener("click", () => {
    const index = episodes.findIndex((one) => one.date === cell.dataset.date);
    if (index < 0) return;
    sides[next].select.selectedIndex = index;
    choose(sides[next]);
    next = 1 - next;
  });
}
