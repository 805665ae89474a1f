#!/usr/bin/env python3
"""The viewer's page in a real Chromium.

    python3 Tests/Browser/run.py --base http://127.0.0.1:8101 --token T [--only WORD] [--report report.html]
        [--run-pid PID --run-command 'nightshift run live.yaml']
        [--jobs live=posters,done=night,many=many,mixed=mixed]

Needs `playwright` and `axe-playwright-python` from PyPI and Debian's `chromium`; without them it says so and exits with 77.
The server must offer the jobs that the scenarios name; a scenario whose job is not there is skipped with that reason:
  live   a run of some hundred pictures that is going on, with columns, a few failures, and actions allowed
  done   a finished run of pictures with a matrix column `style`, a row column `prompt`, and some failures
  many   25,000 pictures
  mixed  text, JSON, audio, video, HTML, SVG, a very large picture, a vanished file, names full of markup
Every wait is for a fact, never for a time.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import traceback
import urllib.parse

try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    print("skipped: the Python package playwright is not installed")
    sys.exit(77)
try:
    from axe_playwright_python.sync_playwright import Axe
except ImportError:
    Axe = None

# Milliseconds on a machine that does nothing else; --slack multiplies them.
FIRST_CONTENT = 1000
LONGEST_TASK = 100
SCENARIOS = []

WATCH_TASKS = """
window.longTasks = [];
new MutationObserver((_, observer) => {
    if (!document.querySelector(".tile[data-content]")) return;
    window.firstTile = Math.round(performance.now());
    observer.disconnect();
}).observe(document, {subtree: true, childList: true});
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.longTasks.push(Math.round(entry.duration)); }).observe({entryTypes: ["longtask"]});
"""


class Skipped(Exception):
    pass


def scenario(job, **options):
    def add(function):
        SCENARIOS.append((function, job, options))
        return function

    return add


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Page:
    """A browser page with the address of one job."""

    def __init__(self, context, base, job):
        self.base, self.job = base, job
        self.page = context.new_page()
        self.problems = []
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("console", self._console)

    def _console(self, message):
        if message.type != "error" or "Failed to load resource" in message.text or "net::ERR" in message.text:
            return
        self.problems.append(f"{message.type}: {message.text}")

    def open(self, view, ready=None, **query):
        search = urllib.parse.urlencode(query)
        self.page.goto(f"{self.base}/jobs/{urllib.parse.quote(self.job)}/{view}{'?' + search if search else ''}")
        self.page.wait_for_selector(ready or {"overview": ".figures", "gallery": ".tile[data-content], .cell-item", "table": ".table-row[data-index]"}[view.split("/")[0]])
        return self.page

    def api(self, what):
        answer = self.page.request.get(f"{self.base}/api/jobs/{urllib.parse.quote(self.job)}/{what}")
        check(answer.ok, f"{what} answered {answer.status}")
        return answer.json()

    def total(self, query):
        return self.api("items?limit=1&q=" + urllib.parse.quote(query))["total"]

    def total_shown(self, number):
        expect(self.page.locator(".total")).to_have_text(re.compile(rf"^{number:,} of "))

    def until(self, holds, message):
        deadline = time.monotonic() + 60
        while not holds():
            check(time.monotonic() < deadline, message)
            self.page.wait_for_timeout(100)

    def query(self, name):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(self.page.url).query).get(name, [None])[0]

    def url_has(self, text):
        self.page.wait_for_function("text => decodeURIComponent(location.search.replaceAll('+', ' ')).includes(text)", arg=text)


def focused_index(page):
    return page.evaluate("Number(document.activeElement?.closest('[data-index]')?.dataset.index ?? -1)")


# ---- while it runs


@scenario("live", writes=True)
def a_live_run_grows_without_reload(it):
    page = it.open("overview")
    page.evaluate("window.wasNotReloaded = true")
    done = "() => Number(document.querySelector('.shell .status .dim').textContent.split('/')[0].replace(/\\D/g, ''))"
    before = page.evaluate(done)
    page.wait_for_function(f"before => ({done})() > before", arg=before, timeout=60_000)
    page.keyboard.press("G")
    page.wait_for_selector(".tile[data-content]")
    page.fill("#search", "state=succeeded")
    page.get_by_label("Order", exact=True).select_option("-ended_at")
    it.url_has("sort=-ended_at")
    page.wait_for_selector('.tile[data-index="2"][data-state=succeeded]')
    page.locator('.tile[data-index="2"]').focus()
    total = page.locator(".total").inner_text()
    first = page.locator('.tile[data-index="0"] .name').inner_text()
    page.wait_for_function("""([total, first]) => document.querySelector('.total').textContent !== total
        && document.querySelector('.tile[data-index="0"] .name').textContent !== first""", arg=[total, first], timeout=60_000)
    check(focused_index(page) == 2, "an update took the focus away")
    check(page.evaluate("window.wasNotReloaded"), "the page was reloaded")


@scenario("live", writes=True)
def a_run_is_paused_limited_and_resumed(it):
    page = it.open("overview")
    check(it.api("overview")["is_alive"], "the run has ended before this scenario")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".notice")).to_contain_text("Nothing is being created")
    expect(page.locator(".status")).to_contain_text("paused")
    page.get_by_role("button", name="Limits").click()
    page.locator("dialog input[name=concurrency]").fill("12")
    page.locator("dialog input[name=rate]").fill("600/min")
    page.keyboard.press("Enter")
    page.wait_for_function("() => [...document.querySelectorAll('.figure')].some(it => it.textContent.includes('at most 12'))")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".journal")).to_contain_text(re.compile("resumed", re.I))
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Not now").click()
    check(it.api("overview")["is_alive"], "the run was canceled without an answer")


@scenario("live", writes=True)
def a_picture_is_made_again_while_the_run_goes_on(it):
    # The server of this job fails one prediction in ten, and of what has failed nothing can be seen here.
    for _ in range(6):
        it.until(lambda: it.total("state=succeeded") > 0, "nothing was made")
        item = it.api("items?limit=1&q=state%3Dsucceeded")["items"][0]
        page = it.open(f"item/{item['key']}", ready=".judge")
        page.keyboard.press("r")
        dialog = page.locator("dialog.small")
        expect(dialog).to_contain_text("1 item would be made again, about 0.0")
        dialog.locator("input").fill("seed=123456")
        page.keyboard.press("Enter")
        expect(page.locator(".toast").first).to_contain_text("to be made again")
        it.until(lambda: it.api(f"items/{item['key']}")["version"] == 1, "nobody has taken it up")
        it.until(lambda: it.api(f"items/{item['key']}")["state"] in ("succeeded", "failed"), "it was not made again")
        if it.api(f"items/{item['key']}")["state"] == "succeeded":
            break
    again = it.api(f"items/{item['key']}")
    check(len(again["earlier"][0]["files"]) == 1, "the earlier picture is not kept")
    check(again["input"]["seed"] == 123456, "it was made with the seed of before")
    expect(page.get_by_text("1 earlier version")).to_be_visible()


# ---- looking


@scenario("live")
def a_killed_run_goes_on_in_the_open_page(it):
    if not it.run_pid:
        raise Skipped("no --run-pid is given")
    page = it.open("overview")
    page.evaluate("window.wasNotReloaded = true")
    done = it.total("state=succeeded")
    os.kill(it.run_pid, signal.SIGKILL)
    expect(page.locator(".status")).to_contain_text("not running", timeout=30_000)
    sessions = len(it.api("overview")["sessions"])
    with subprocess.Popen(shlex.split(it.run_command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            expect(page.locator(".status")).not_to_contain_text("not running", timeout=30_000)
            page.wait_for_function("done => Number(document.querySelector('.shell .status .dim').textContent.split('/')[0].replace(/\\D/g, '')) > done + 3", arg=done, timeout=60_000)
            check(len(it.api("overview")["sessions"]) == sessions + 1, "the second session is not told")
            check(page.evaluate("window.wasNotReloaded"), "the page was reloaded")
        finally:
            run.kill()


@scenario("done")
def overview_says_how_the_night_was(it):
    page = it.open("overview")
    overview = it.api("overview")
    expect(page.locator("h1")).to_have_text(it.job)
    expect(page.locator(".share")).to_contain_text(f"{overview['items']:,} items done")
    expect(page.locator(".timeline .bars.done")).to_have_attribute("d", re.compile("^M"))
    check(page.locator(".timeline .pause").count() >= 1 or not it.api("timeline?points=60")["pauses"], "no pause is shaded")
    expect(page.locator(".histogram").first).to_contain_text("p95")
    first = overview["failures"][0]
    expect(page.locator(".failures li").first).to_contain_text(first["reason"][:60])
    page.locator(".failures a").first.click()
    page.wait_for_selector(".tile[data-content]")
    it.total_shown(first["count"])
    page.go_back()
    expect(page.locator(".journal li").first).to_be_visible()


@scenario("done")
def search_and_filter_are_in_the_address(it):
    page = it.open("gallery")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("state=failed")
    it.url_has("q=state=failed")
    it.total_shown(it.total("state=failed"))
    page.keyboard.press("Enter")
    expect(page.locator(".tile:focus")).to_have_count(1)
    page.reload()
    expect(page.locator("#search")).to_have_value("state=failed")
    it.total_shown(it.total("state=failed"))
    page.locator(".chip", has_text="All").first.click()
    it.total_shown(it.total(""))
    page.locator(".chip.facet", has_text="style").first.click()
    label = page.locator(".menu label").first
    value = label.locator(".value").inner_text()
    label.click()
    it.url_has(f"style={value}")
    it.total_shown(it.total(f"style={value}"))
    page.keyboard.press("Escape")
    page.locator(".chip[data-state=failed]").click()
    it.total_shown(it.total(f"style={value} state=failed"))
    page.fill("#search", 'state="failed')
    expect(page.locator(".filter-error")).to_be_visible()
    page.fill("#search", "nothing-is-called-like-this")
    expect(page.locator(".blank")).to_contain_text("No item passes this filter")
    page.get_by_role("button", name="Show all items").click()
    it.total_shown(it.total(""))


@scenario("done")
def order_is_in_the_address(it):
    page = it.open("gallery")
    page.get_by_label("Order", exact=True).select_option("-duration")
    it.url_has("sort=-duration")
    slowest = it.api("items?limit=1&sort=-duration")["items"][0]["name"]
    expect(page.locator('.tile[data-index="0"] .name')).to_have_text(slowest)
    page.go_back()
    first = it.api("items?limit=1")["items"][0]["name"]
    expect(page.locator('.tile[data-index="0"] .name')).to_have_text(first)


@scenario("done")
def keyboard_moves_through_the_gallery(it):
    page = it.open("gallery", q="state=succeeded")
    page.keyboard.press("ArrowRight")
    check(focused_index(page) == 1, "the right arrow does not move")
    page.keyboard.press("h")
    check(focused_index(page) == 0, "h does not move back")
    page.keyboard.press("j")
    below = focused_index(page)
    check(below > 1, "j does not move down a row")
    page.keyboard.press("k")
    check(focused_index(page) == 0, "k does not move up")
    page.keyboard.press("End")
    total = it.total("state=succeeded")
    check(focused_index(page) == total - 1, "End does not go to the last item")
    page.wait_for_selector(f'.tile[data-index="{total - 1}"][data-content]')
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.sheet")
    names = [item["name"] for item in it.api("items?limit=3&q=state%3Dsucceeded")["items"]]
    expect(dialog.locator("h2")).to_have_text(names[0])
    page.keyboard.press("ArrowRight")
    expect(dialog.locator("h2")).to_have_text(names[1])
    page.keyboard.press("k")
    expect(dialog.locator("h2")).to_have_text(names[0])
    page.keyboard.press("j")
    expect(dialog.locator("h2")).to_have_text(names[1])
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    check(focused_index(page) == 1, "the cursor is not at the item that was looked at")
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.help")).to_have_count(0)


@scenario("done")
def matrix_lays_items_out(it):
    page = it.open("gallery", layout="matrix", rows="prompt", columns="style")
    matrix = it.api("matrix?rows=prompt&columns=style")
    expect(page.locator(".matrix thead th").first).to_have_text(str(matrix["columns"][0]))
    expect(page.locator(".matrix tbody tr")).to_have_count(len(matrix["rows"]))
    page.get_by_role("button", name="Swap").click()
    expect(page.locator(".matrix tbody tr")).to_have_count(len(it.api("matrix?rows=style&columns=prompt")["rows"]))
    page.locator(".cell-item").first.click()
    expect(page.locator("dialog.sheet h2")).not_to_be_empty()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Grid").click()
    page.wait_for_selector(".tile[data-content]")


@scenario("done")
def marked_items_are_compared(it):
    page = it.open("gallery", q="state=succeeded")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.locator('.tile[data-index="3"]').hover()
    page.locator('.tile[data-index="3"] .mark').click()
    expect(page.locator(".marks-bar")).to_contain_text("2 items marked")
    page.keyboard.press("c")
    dialog = page.locator("dialog.sheet")
    expect(dialog.locator(".sides section")).to_have_count(2)
    check(it.query("compare") and it.query("compare").count(",") == 1, "the comparison is not in the address")
    page.keyboard.press("o")
    slider = dialog.locator("input[type=range]")
    expect(slider).to_be_visible()
    before = float(slider.input_value())
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => Number(document.querySelector('dialog input[type=range]').value) < before", arg=before)
    pair = dialog.locator(".pair").bounding_box()
    page.mouse.click(pair["x"] + pair["width"] * 0.8, pair["y"] + pair["height"] / 2)
    page.wait_for_function("() => Math.abs(Number(document.querySelector('dialog input[type=range]').value) - 80) < 3")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("X")
    expect(page.locator(".marks-bar")).to_be_hidden()


@scenario("done")
def table_is_sorted_and_downloaded(it):
    page = it.open("table")
    page.get_by_role("columnheader", name="Duration").get_by_role("button").click()
    it.url_has("sort=duration")
    page.get_by_role("columnheader", name="Duration").get_by_role("button").click()
    it.url_has("sort=-duration")
    slowest = it.api("items?limit=1&sort=-duration")["items"][0]["name"]
    expect(page.locator('.table-row[data-index="0"] .name')).to_have_text(slowest)
    page.get_by_role("button", name="Columns").click()
    page.locator(".menu label", has_text="Origin").click()
    expect(page.get_by_role("columnheader", name="Origin")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = open(download.value.path(), encoding="utf-8").read().splitlines()
    check(len(lines) == it.total("") + 1 and lines[0].startswith("name,"), f"the CSV has {len(lines)} lines, beginning {lines[0][:80]}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.sheet h2")).not_to_be_empty()


# ---- acting


@scenario("done", writes=True)
def items_are_rated_tagged_and_noted(it):
    page = it.open("gallery", q="state=succeeded")
    key = it.api("items?limit=1&q=state%3Dsucceeded")["items"][0]["key"]
    page.keyboard.press("Home")
    page.keyboard.press("4")
    expect(page.locator('.tile[data-index="0"] .extra')).to_contain_text("4 ★")
    check(it.api(f"items/{key}")["rating"] == 4, "the rating is not kept")
    page.keyboard.press("0")
    expect(page.locator('.tile[data-index="0"] .extra')).not_to_contain_text("★")
    page.keyboard.press("Enter")
    page.locator("dialog.sheet").get_by_role("button", name="Rate 5").click()
    expect(page.locator("dialog.sheet .stars [aria-pressed=true]")).to_have_count(1)
    check(it.api(f"items/{key}")["rating"] == 5, "the rating by mouse is not kept")
    page.keyboard.press("t")
    page.locator("dialog.small input").fill("browser-test fine")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.sheet .tag", has_text="browser-test")).to_be_visible()
    page.keyboard.press("n")
    page.locator("dialog.small textarea").fill("seen by <b>the browser</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("dialog.sheet .note")).to_have_text("seen by <b>the browser</b>")
    page.keyboard.press("Escape")
    page.fill("#search", "tag=browser-test")
    it.total_shown(1)


@scenario("done", writes=True)
def a_retry_asks_first(it):
    failed = it.total("state=failed")
    check(failed > 1, "this job has no failures to retry")
    page = it.open("gallery", q="state=failed")
    page.keyboard.press("Home")
    page.keyboard.press("r")
    dialog = page.locator("dialog.small")
    expect(dialog).to_contain_text("1 item")
    page.get_by_role("button", name="Not now").click()
    expect(dialog).to_have_count(0)
    check(it.total("state=failed") == failed, "something was retried without an answer")
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.locator(".marks-bar").get_by_role("button", name="Retry").click()
    expect(dialog).to_contain_text("2 item")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").first).to_be_visible()
    it.total_shown(failed - 2)


@scenario("done", writes=True)
def marked_items_are_made_again(it):
    page = it.open("gallery", q="state=succeeded")
    succeeded = it.total("state=succeeded")
    page.keyboard.press("Home")
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.locator(".marks-bar").get_by_role("button", name="Redo").click()
    dialog = page.locator("dialog.small")
    expect(dialog).to_contain_text("2 items would be made again")
    page.get_by_role("button", name="Not now").click()
    check(it.total("state=succeeded") == succeeded, "something was made again without an answer")
    page.locator(".marks-bar").get_by_role("button", name="Redo").click()
    dialog.locator("input").fill("seed=many")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.failed")).to_contain_text("seed")
    check(it.total("state=succeeded") == succeeded, "a seed that is no number was taken")
    page.locator(".marks-bar").get_by_role("button", name="Redo").click()
    dialog.locator("input").fill("seed=7")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.done").first).to_contain_text("to be made again")
    it.total_shown(succeeded - 2)


@scenario("done")
def a_stopped_viewer_is_said_and_found_again(it):
    page = it.page
    page.route("**/events", lambda route: route.abort())
    page.route("**/api/jobs", lambda route: route.abort())
    page.route("**/api/jobs", lambda route: route.continue_(), times=1)
    it.open("gallery")
    expect(page.locator("#banner")).to_contain_text("nightshift view")
    page.keyboard.press("ArrowRight")
    page.unroute("**/events")
    page.unroute("**/api/jobs")
    expect(page.locator("#banner")).to_be_hidden()
    check(focused_index(page) == 1, "the focus was lost with the connection")


# ---- hostile and odd outputs


@scenario("mixed")
def nothing_that_is_shown_becomes_markup(it):
    page = it.open("gallery", size="s")
    items = it.api("items?limit=200")["items"]
    for item in [item for item in items if "<" in json.dumps(item) or item["outputs"] and not item["outputs"][0]["media_type"].startswith("image/png")]:
        it.open(f"item/{urllib.parse.quote(item['key'])}", ready=".panel .block")
        expect(page.locator("h1")).to_have_text(item["name"])
        check(page.evaluate("window.hacked === undefined"), f"{item['name']} ran a script")
        check(page.locator("main script, main iframe, main img[src='x'], main h1 *:not(.dot)").count() == 0, f"{item['name']} became markup")
    for view in ("overview", "table"):
        it.open(view)
        check(page.evaluate("window.hacked === undefined"), f"{view} ran a script")


@scenario("mixed")
def odd_outputs_are_shown_as_what_they_are(it):
    page = it.open("gallery")

    def show(name):
        key = next(item["key"] for item in it.api("items?limit=200")["items"] if item["name"] == name)
        it.open(f"item/{urllib.parse.quote(key)}", ready=".panel .block")
        return page.locator(".stage")

    names = {item["name"] for item in it.api("items?limit=200")["items"]}
    expectations = {
        "vanished": lambda stage: expect(stage).to_contain_text("no longer there"),
        "vanished later": lambda stage: expect(stage).to_contain_text("vanished"),
        "huge": lambda stage: (expect(stage).to_contain_text("megapixels"), expect(stage.locator("img")).to_have_count(0)),
        "novel": lambda stage: (expect(stage).to_contain_text("The first 64 KB"), check(len(stage.locator("pre").inner_text()) <= 65_536, "the whole text was read")),
        "page": lambda stage: (expect(stage.locator("pre")).to_contain_text("<h1>"), expect(stage.get_by_role("link").first).to_have_attribute("target", "_blank")),
        "drawing": lambda stage: expect(stage.locator("img")).to_have_count(1),
        "labels": lambda stage: expect(stage.locator("pre.json")).to_contain_text('"labels": ['),
        "clip": lambda stage: expect(stage.locator("video[controls]")).to_have_count(1),
    }
    seen = [name for name in expectations if name in names]
    for name in seen:
        expectations[name](show(name))
    if not seen:
        raise Skipped("the job has none of the items that this scenario knows")


# ---- the static report


@scenario("report")
def a_report_opens_without_a_server(it):
    page = it.page
    page.goto("file://" + os.path.abspath(it.report))
    page.wait_for_selector(".figures")
    check("#/jobs/" in page.url, "the address is not in the fragment")
    page.get_by_role("link", name="Gallery").click()
    page.wait_for_selector(".tile[data-content]")
    everything = page.locator(".total").inner_text()
    page.locator(".chip[data-state=succeeded]").click()
    page.wait_for_function("() => location.hash.includes('state%3Dsucceeded')")
    page.locator(".chip.facet").first.click()
    page.locator(".menu label").first.click()
    page.wait_for_function("everything => document.querySelector('.total').textContent !== everything", arg=everything)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Matrix").click()
    expect(page.locator(".matrix tbody tr").first).to_be_visible()
    page.get_by_role("link", name="Table").click()
    page.wait_for_selector(".table-row[data-index]")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    check(open(download.value.path(), encoding="utf-8").readline().startswith("name,"), "the CSV has no header")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.sheet h2")).not_to_be_empty()
    expect(page.locator("dialog.sheet").get_by_role("button", name="Retry")).to_have_count(0)


# ---- size, reach, speed


@scenario("done")
def it_fits_a_phone(it):
    page = it.page
    page.set_viewport_size({"width": 390, "height": 844})
    for view in ("overview", "gallery", "table"):
        it.open(view)
        width = page.evaluate("document.scrollingElement.scrollWidth")
        check(width <= 390, f"{view} is {width} pixels wide")
    it.open("gallery", q="state=succeeded")
    page.locator(".tile").first.click()
    expect(page.locator("dialog.sheet h2")).not_to_be_empty()
    check(page.evaluate("document.querySelector('dialog').scrollWidth") <= 390, "the item is too wide")


@scenario("done")
def axe_finds_nothing_serious(it):
    if Axe is None:
        raise Skipped("the Python package axe-playwright-python is not installed")
    page, axe = it.page, Axe()
    key = it.api("items?limit=2&q=state%3Dsucceeded")["items"]
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for name, view, query in [
            ("overview", "overview", {}), ("gallery", "gallery", {}), ("matrix", "gallery", {"layout": "matrix", "rows": "prompt", "columns": "style"}), ("table", "table", {}),
            ("item", "gallery", {"item": key[0]["key"]}), ("comparison", "gallery", {"compare": ",".join(item["key"] for item in key)}),
        ]:
            it.open(view, **query)
            if name in ("item", "comparison"):
                page.wait_for_selector("dialog .output img")
            for violation in axe.run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    found.append(f"{name}, {scheme}: {violation['id']}: {violation['help']}: " + "; ".join(node["html"][:160] for node in violation["nodes"][:2]))
    check(not found, "\n    ".join(found))


SCROLL = """async () => {
    const grid = document.querySelector('.grid');
    let frames = 0, worst = 0, last = performance.now();
    await new Promise(resolve => {
        const end = grid.scrollHeight - grid.clientHeight;
        const step = () => {
            const now = performance.now();
            worst = Math.max(worst, now - last);
            last = now;
            frames += 1;
            grid.scrollTop += frames % 300 < 150 ? 240 : 2500; // slow enough to show pictures, then fast
            if (grid.scrollTop < end - 1) requestAnimationFrame(step); else resolve();
        };
        requestAnimationFrame(step);
    });
    return {frames, worst: Math.round(worst)};
}"""

ALL_SHOWN = """() => {
    const view = document.querySelector('.grid').getBoundingClientRect();
    return [...document.querySelectorAll('.tile:not([hidden])')].filter(tile => {
        const box = tile.getBoundingClientRect();
        return box.bottom > view.top && box.top < view.bottom;
    }).every(tile => tile.dataset.content);
}"""


@scenario("many")
def twenty_five_thousand_pictures_scroll_smoothly(it):
    """Best of three: what else the machine does lengthens tasks and never shortens them."""
    page = it.page
    page.add_init_script(WATCH_TASKS)
    for attempt in range(3):
        it.open("gallery")
        first = page.evaluate("window.firstTile")
        page.wait_for_function("() => [...document.querySelectorAll('.tile img')].some(image => image.complete && image.naturalWidth)")
        page.evaluate("window.longTasks.length = 0")
        scroll = page.evaluate(SCROLL)
        page.wait_for_function(ALL_SHOWN)
        longest = max(page.evaluate("window.longTasks"), default=0)
        elements = page.evaluate("document.querySelectorAll('*').length")
        print(f"    first tile after {first} ms; {scroll['frames']} frames, the longest {scroll['worst']} ms; longest task {longest} ms; {elements} elements")
        if first <= FIRST_CONTENT and longest <= LONGEST_TASK:
            break
    check(first <= FIRST_CONTENT * it.slack, f"the first tile came after {first} ms")
    check(longest <= LONGEST_TASK * it.slack, f"a task took {longest} ms")
    check(elements < 3000, f"{elements} elements are in the document")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default=os.environ.get("NIGHTSHIFT_VIEW", "http://127.0.0.1:8101"))
    parser.add_argument("--token", default=os.environ.get("NIGHTSHIFT_VIEW_TOKEN", "T"))
    parser.add_argument("--jobs", default="live=posters,done=night,many=many,mixed=mixed", help="the job of each role")
    parser.add_argument("--slack", type=float, default=1, help="how many times as long as it should the page may take")
    parser.add_argument("--run-pid", type=int, help="the process of the live run, which is killed")
    parser.add_argument("--run-command", default="", help="what starts it again")
    parser.add_argument("--report", help="a static report, for its scenario")
    parser.add_argument("--only", default="", help="only scenarios whose name contains this")
    arguments = parser.parse_args()
    roles = dict(pair.split("=", 1) for pair in arguments.jobs.split(",") if pair)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("skipped: there is no chromium (Debian: apt-get install chromium)")
        return 77
    failures = 0
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for function, role, options in SCENARIOS:
            if arguments.only not in function.__name__:
                continue
            context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
            context.set_default_timeout(60_000)
            name, start = function.__name__.replace("_", " "), time.monotonic()
            try:
                context.request.get(f"{arguments.base}/?token={urllib.parse.quote(arguments.token)}")
                offered = context.request.get(f"{arguments.base}/api/jobs").json()
                if role == "report" and not arguments.report:
                    raise Skipped("no --report is given")
                if role != "report" and roles.get(role) not in [job["name"] for job in offered["jobs"]]:
                    raise Skipped(f"there is no job for the role {role}")
                if options.get("writes") and offered["read_only"]:
                    raise Skipped("the viewer is read-only")
                it = Page(context, arguments.base, roles.get(role))
                it.report, it.run_pid, it.run_command = arguments.report, arguments.run_pid, arguments.run_command
                it.slack = arguments.slack
                function(it)
                check(not it.problems, "the page reported: " + "; ".join(it.problems[:3]))
                print(f"ok      {name} ({time.monotonic() - start:.1f} s)", flush=True)
            except Skipped as reason:
                print(f"skipped {name}: {reason}", flush=True)
            except Exception as error:
                failures += 1
                print(f"FAILED  {name}: {str(error)[:1500]}", flush=True)
                if os.environ.get("TRACE"):
                    traceback.print_exc()
            finally:
                context.close()
        browser.close()
    print("all scenarios passed" if not failures else f"{failures} scenarios failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
