"""What can be measured of whether everybody can use a page: names of controls, and how text stands out."""

from playwright.sync_api import Page

CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary, img, svg[role]"
NAMELESS = f"""[...document.querySelectorAll("{CONTROLS}")]
    .filter((each) => each.checkVisibility())
    .filter((each) => !(each.getAttribute("aria-label") || each.alt || (each.labels && each.labels.length)
        || each.innerText && each.innerText.trim()))
    .map((each) => each.outerHTML)"""
# WCAG 2: the contrast of text with the nearest background that is not see-through.
FAINT = """(() => {
    const light = (colour) => {
        const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number).map((each) => each / 255)
            .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const isClear = (colour) => colour === "transparent" || /, 0\\)$/.test(colour);
    const behind = (each) => {
        for (; each; each = each.parentElement) {
            const colour = getComputedStyle(each).backgroundColor;
            if (!isClear(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const hasText = (each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.body.querySelectorAll("*")].filter((each) =>
        hasText(each) && each.checkVisibility() && !each.closest("svg, noscript, option, :disabled")
    ).map((each) => {
        const text = light(getComputedStyle(each).color), ground = light(behind(each));
        const contrast = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
        return contrast < 4.5 ? `${contrast.toFixed(2)} ${each.outerHTML.slice(0, 200)}` : "";
    }).filter(Boolean);
})()"""


def assert_accessible(page: Page) -> None:
    """Fail unless every control and picture has a name, and all text a contrast of 4.5 to 1."""
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(FAINT) == []
