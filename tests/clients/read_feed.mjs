// What a parser of the Node world reads in feeds: node read_feed.mjs PARSER FILE... prints one JSON list of events a file.
import { readFileSync } from "node:fs";

const text = (value) => value ?? "";
const day = (date) => date.toISOString().slice(0, 10);
const moment = (date) => date.toISOString().slice(0, 19) + "Z";
const localDay = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

async function icalJs() {
  const { default: ICAL } = await import("ical.js");
  return (feed) =>
    new ICAL.Component(ICAL.parse(feed)).getAllSubcomponents("vevent").map((component) => {
      const event = new ICAL.Event(component);
      return {
        uid: event.uid,
        start: event.startDate.toString(),
        end: event.endDate.toString(),
        summary: text(event.summary),
        description: text(event.description),
        url: text(component.getFirstPropertyValue("url")),
        categories: component.getFirstProperty("categories")?.getValues() ?? [],
        alarms: component
          .getAllSubcomponents("valarm")
          .map((alarm) => alarm.getFirstPropertyValue("trigger").toSeconds()),
      };
    });
}

async function nodeIcal() {
  const { default: ical } = await import("node-ical");
  const offset = (trigger) => {
    const [, sign, count, unit] = /^(-?)PT([0-9]+)([HM])$/.exec(trigger);
    return (sign ? -1 : 1) * { H: 3600, M: 60 }[unit] * Number(count);
  };
  const when = (date) => (date.dateOnly ? localDay(date) : moment(date));
  return (feed) =>
    Object.values(ical.sync.parseICS(feed))
      .filter((component) => component.type === "VEVENT")
      .map((event) => ({
        uid: event.uid,
        start: when(event.start),
        end: when(event.end),
        summary: text(event.summary),
        description: text(event.description),
        url: text(event.url),
        categories: event.categories ?? [],
        alarms: (event.alarms ?? []).map((alarm) => offset(alarm.trigger)),
      }));
}

async function tsIcs() {
  const { convertIcsCalendar } = await import("ts-ics");
  const when = ({ date, type }) => (type === "DATE" ? day(date) : moment(date));
  const offset = ({ before, hours = 0, minutes = 0 }) => (before ? -1 : 1) * (hours * 3600 + minutes * 60);
  return (feed) =>
    (convertIcsCalendar(undefined, feed).events ?? []).map((event) => ({
      uid: event.uid,
      start: when(event.start),
      end: when(event.end),
      summary: text(event.summary),
      description: text(event.description),
      url: text(event.url),
      categories: event.categories ?? [],
      alarms: (event.alarms ?? []).map((alarm) => offset(alarm.trigger.value)),
    }));
}

const [name, ...files] = process.argv.slice(2);
const read = await { "ical.js": icalJs, "node-ical": nodeIcal, "ts-ics": tsIcs }[name]();
for (const file of files) {
  let answer;
  try {
    answer = { events: read(readFileSync(file, "utf8")) };
  } catch (error) {
    answer = { refused: String(error.message ?? error).slice(0, 200) };
  }
  console.log(JSON.stringify(answer));
}
