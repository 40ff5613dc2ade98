"""By keyboard, by screen reader, on any screen, and without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.looking import cell, row, rows, start_tasks
from tests.browser.running import RunningSite, call

# The contrast of each piece of text with what is behind it, where it is too low (WCAG 2 AA).
LOW_CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgba(getComputedStyle(document.documentElement).colorScheme === "dark" ? "black" : "white");
  };
  const low = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest(".unseen, script, option")) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(`${texts.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return low;
}
"""

# Whatever can be used or told apart has a name that assistive technology can say.
NAMELESS = """
() => [...document.querySelectorAll("a, button, select, progress, table, ul, [role=region]")]
  .filter((element) => element.checkVisibility())
  .filter((element) => !(element.getAttribute("aria-label") || element.labels?.length || element.caption
    || element.getAttribute("aria-labelledby") || element.textContent.trim() || element.title))
  .map((element) => element.outerHTML)
"""


def show_all_kinds(page: Page, site: RunningSite) -> dict[str, Any]:
    """Open the page with a job of every kind."""
    batch = site.show(
        page,
        call("echo_task", {"a": ["b"] * 100}),
        call("fail_task", 0, "a long story " * 20),
        call("create_task", 30),
        call("echo_task", 1, defer_by_s=3600),
        call("steps_task", ["first", "second"] * 10),
    )
    expect(rows(page, kind="failed")).to_have_count(1)
    expect(rows(page, kind="in_progress")).to_have_count(2)
    return batch


def test_everything_works_by_keyboard_alone(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    while page.evaluate("document.activeElement.id") != "tasks":
        page.keyboard.press("Tab")
    for key in ("Home", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("button", name="Start")).to_be_focused()


def test_a_job_is_aborted_by_keyboard_and_the_focus_stays_in_its_row(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("held_task", site.new_gate()), call("held_task", site.new_gate()))
    first = row(page, batch["jobs"][0])
    expect(cell(first, "status")).to_contain_text("in progress")
    first.get_by_role("button", name="Abort job").focus()
    page.keyboard.press("Enter")
    expect(cell(first, "status")).to_have_text("aborted")
    details = first.get_by_role("button", name="Details of job")
    expect(details).to_be_focused()
    page.keyboard.press("Enter")
    expect(details).to_have_attribute("aria-expanded", "true")
    expect(page.locator("tr.detail")).to_be_visible()
    row(page, batch["jobs"][1]).get_by_role("button", name="Abort job").click()


def test_the_focus_is_seen(page: Page, site: RunningSite) -> None:
    site.show(page, call("echo_task", 1))
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(({ outlineStyle, boxShadow }) => [outlineStyle, boxShadow])"
            "(getComputedStyle(document.activeElement))"
        )
        assert style != ["none", "none"], page.evaluate("document.activeElement.outerHTML")


def test_roles_and_names_tell_a_screen_reader_what_is_there(page: Page, site: RunningSite) -> None:
    batch = show_all_kinds(page, site)
    assert page.evaluate(NAMELESS) == []
    table = page.get_by_role("table", name="Jobs, the newest batch first")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Job Id", "Status", "Result", "Progress", "Try", "Waited", "Ran", "Actions"]
    )
    expect(table.get_by_role("row")).to_have_count(6)
    expect(page.get_by_role("progressbar", name="Progress of all tasks")).to_be_visible()
    job_id = batch["jobs"][2]["job_id"]
    expect(page.get_by_role("progressbar", name=f"Progress of job {job_id}")).to_be_visible()
    expect(page.get_by_role("status").first).to_have_text("Live")
    for landmark in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Background tasks")
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_table_is_one_to_a_screen_reader_on_a_phone_too(
    new_context: NewContext, site: RunningSite
) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    show_all_kinds(page, site)
    table = page.get_by_role("table", name="Jobs, the newest batch first")
    expect(table.get_by_role("columnheader")).to_have_count(8)
    expect(table.get_by_role("row")).to_have_count(6)
    assert table.get_by_role("row").nth(1).get_by_role("cell").count() >= 7


def test_a_screen_reader_hears_the_start_milestones_and_the_end_and_no_flood(
    page: Page, site: RunningSite
) -> None:
    page.goto(site.url)
    page.evaluate(
        "() => { window.heard = []; new MutationObserver(() => heard.push(announcer.textContent))"
        ".observe(announcer, { childList: true, characterData: true, subtree: true }); }"
    )
    start_tasks(page, 40)
    expect(page.locator("#announcer")).to_have_text("All done: 40 succeeded.")
    heard = page.evaluate("heard")
    assert heard[0].startswith("40 jobs added.")
    assert heard[-1] == "All done: 40 succeeded."
    assert len(heard) <= 5


def test_status_is_not_told_by_colour_alone(page: Page, site: RunningSite) -> None:
    show_all_kinds(page, site)
    shapes = set()
    for kind in ("succeeded", "failed", "in_progress", "deferred"):
        mark = rows(page, kind=kind).first.locator(".mark")
        shapes.add(
            mark.evaluate(
                "mark => (({ clipPath, borderStyle, borderRightColor }) =>"
                " clipPath + borderStyle + borderRightColor)(getComputedStyle(mark))"
            )
        )
        expect(rows(page, kind=kind).first.locator("td.job-status")).not_to_have_text("")
    assert len(shapes) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(new_context: NewContext, site: RunningSite, scheme: str) -> None:
    page = new_context(color_scheme=scheme).new_page()
    page.goto(site.url)
    assert page.evaluate(LOW_CONTRAST) == []
    show_all_kinds(page, site)
    page.get_by_role("button", name="Traceback").click()
    expect(page.get_by_role("region", name="Traceback")).to_be_visible()
    assert page.evaluate(LOW_CONTRAST) == []
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, background.strip("rgb()").split(",")[:3])) > 600) == (scheme == "light")


@pytest.mark.parametrize("width", [320, 375, 600, 768, 1024, 1280, 1920, 3840])
def test_it_fits_screens_from_320_pixels_to_4k(
    new_context: NewContext, site: RunningSite, width: int
) -> None:
    page = new_context(
        viewport={"width": width, "height": width * 9 // 16 if width > 700 else 640}
    ).new_page()
    site.show(
        page,
        call("echo_task", "x" * 400),
        call("fail_task", 0, "y" * 400),
        call("create_task", 30),
        call("echo_task", 1, job_id="z" * 300 + str(width)),
    )
    expect(rows(page, kind="failed")).to_have_count(1)
    page.get_by_role("button", name="Traceback").click()
    expect(page.get_by_role("region", name="Traceback")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert min(box["width"], box["height"]) >= 20


def test_motion_stops_for_those_who_prefer_less(new_context: NewContext, site: RunningSite) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    site.show(page, call("create_task", 30))
    mark = rows(page, status="in_progress").locator(".mark")
    expect(mark).to_be_visible()
    assert mark.evaluate("m => m.getAnimations().length") == 0


def test_it_says_so_when_javascript_is_off(new_context: NewContext, site: RunningSite) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(site.url)
    notice = page.locator("noscript p")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("This page needs JavaScript")
    expect(notice.get_by_role("link", name="the API")).to_have_attribute("href", "/docs")
    expect(page.locator("#tasks_form, #empty")).to_have_count(2)
    for hidden in page.locator("#tasks_form, #empty").all():
        expect(hidden).to_be_hidden()


def test_in_forced_colours_what_is_drawn_can_be_seen(new_context: NewContext, site: RunningSite) -> None:
    page = new_context(forced_colors="active").new_page()
    show_all_kinds(page, site)
    canvas = "rgb(255, 255, 255)"
    page.get_by_role("button", name="failed").click()
    chosen = page.locator("button.choice[aria-pressed=true]")
    assert chosen.evaluate("e => getComputedStyle(e).backgroundColor") != canvas
    page.get_by_role("button", name="all").click()
    for kind in ("succeeded", "failed"):
        mark = rows(page, kind=kind).first.locator(".mark")
        assert mark.evaluate("e => getComputedStyle(e).backgroundColor") != canvas
    bar = page.locator("#task-progress")
    assert bar.evaluate("e => getComputedStyle(e).borderStyle") == "solid"
    pictures = []
    for value in ("0", "1"):
        bar.evaluate("(bar, value) => { bar.max = 1; bar.value = Number(value); }", value)
        pictures.append(bar.screenshot())
    assert pictures[0] != pictures[1]
