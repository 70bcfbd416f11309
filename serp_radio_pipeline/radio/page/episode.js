"use strict";
const episode = JSON.parse(document.getElementById("episode").textContent);
const find = (id) => document.getElementById(id);
const audio = find("audio"), seek = find("seek"), speed = find("speed"), body = document.body;
const lanes = episode.lanes.map((name) => find("lane-" + name));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let chosen = -1, shown = -1;

const clock = (seconds) => Math.floor(seconds / 60) + ":" + String(Math.floor(seconds % 60)).padStart(2, "0");
const place = (seconds) => (seconds - episode.start) / episode.beat;
const dayAt = (seconds) => Math.min(episode.days.length - 1, Math.max(0, Math.floor(place(seconds) - episode.lead + 1e-6)));
const timeOf = (day) => episode.start + (day + episode.lead) * episode.beat;

function show(seconds) {
  const days = episode.days.length;
  const at = Math.min(days, Math.max(0, place(seconds) - episode.lead));
  for (const lane of lanes) lane.querySelector(".cursor").setAttribute("transform", "translate(" + (at * 10).toFixed(2) + ")");
  body.classList.add("moved");
  seek.value = seconds;
  find("clock").value = clock(seconds) + " / " + clock(episode.seconds);
  const cue = episode.cues.findLast((one) => one.start <= seconds + 0.001) || episode.cues[0];
  if (find("now").textContent !== cue.heading) find("now").textContent = cue.heading;
  const isSeries = seconds >= episode.start && at < days;
  const day = isSeries ? dayAt(seconds) : days - 1;
  if (day !== shown) {
    shown = day;
    lanes.forEach((lane, index) => { lane.querySelector(".at").value = episode.days[day].short + "  " + episode.days[day].values[index]; });
  }
  const beat = place(seconds) % 1;
  lanes.forEach((lane, index) => {
    const isOn = isSeries && !audio.paused && !episode.days[day].missing && (episode.lanes[index] === "position" ? beat >= 0.5 && beat < 0.85 : beat < 0.35);
    lane.classList.toggle("sounding", isOn && !calm.matches);
  });
  for (const button of document.querySelectorAll(".weeks button")) {
    const start = Number(button.dataset.seek);
    const isNow = isSeries && seconds >= start - 0.001 && seconds < start + 7 * episode.beat - 0.001;
    if (isNow) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  }
}

function jump(seconds) {
  if (!audio) return;
  audio.currentTime = Math.min(episode.seconds - 0.05, Math.max(0, seconds));
  show(audio.currentTime);
}

function step(by) {
  const now = place(audio.currentTime) < episode.lead ? (by > 0 ? -1 : 0) : dayAt(audio.currentTime);
  const day = Math.min(episode.days.length - 1, Math.max(0, now + by));
  jump(timeOf(day) + 0.001);
  find("said").textContent = episode.days[day].words;
}

function choose(by) {
  chosen = Math.min(lanes.length - 1, Math.max(0, chosen + by));
  lanes.forEach((lane, index) => lane.classList.toggle("chosen", index === chosen));
  lanes[chosen].scrollIntoView({block: "nearest", behavior: calm.matches ? "auto" : "smooth"});
  find("said").textContent = lanes[chosen].querySelector("svg").getAttribute("aria-label");
}

function faster(by) {
  speed.selectedIndex = Math.min(speed.length - 1, Math.max(0, speed.selectedIndex + by));
  audio.playbackRate = Number(speed.value);
  find("said").textContent = "Speed " + speed.value;
}

const toggle = () => { if (audio.paused) audio.play(); else audio.pause(); };

function follow() {
  show(audio.currentTime);
  if (!audio.paused) requestAnimationFrame(follow);
}

function changed() {
  find("play").setAttribute("aria-pressed", String(!audio.paused));
  find("play-word").textContent = audio.paused ? "Play" : "Pause";
  find("play-shape").setAttribute("d", audio.paused ? "M7 4v16l13-8z" : "M6 4h4v16H6zM14 4h4v16h-4z");
  body.classList.toggle("playing", !audio.paused);
  follow();
}

if (audio) {
  find("play").addEventListener("click", toggle);
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, changed);
  audio.addEventListener("seeked", () => show(audio.currentTime));
  seek.addEventListener("input", () => jump(Number(seek.value)));
  speed.addEventListener("change", () => faster(0));
  for (const button of document.querySelectorAll("[data-seek]")) button.addEventListener("click", () => jump(Number(button.dataset.seek) + 0.001));
  lanes.forEach((lane) => lane.querySelector("svg").addEventListener("click", (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    jump(timeOf(Math.min(episode.days.length - 1, Math.floor((event.clientX - box.left) / box.width * episode.days.length))) + 0.001);
  }));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = event.target.closest("input, select, summary, .scroll");
    const isButton = event.target.closest("button");
    const act = {
      " ": isButton ? null : toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1),
      PageUp: () => choose(-1), PageDown: () => choose(1), "[": () => faster(-1), "]": () => faster(1),
    }[event.key];
    if (!act || (inside && !["[", "]"].includes(event.key))) return;
    event.preventDefault();
    act();
  });
}
