#!/usr/bin/env python3
"""Takes pictures of a job's overview and gallery: pictures.py ADDRESS-OF-THE-VIEWER FOLDER"""
import os
import shutil
import sys

from playwright.sync_api import sync_playwright

address, folder = sys.argv[1:]
chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
os.makedirs(folder, exist_ok=True)
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    for view, scheme in [("overview", "light"), ("gallery", "dark")]:
        page = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme=scheme).new_page()
        page.goto(address)
        page.wait_for_selector(".figures")
        if view == "gallery":
            page.get_by_role("link", name="Gallery").click()
            page.wait_for_function("() => [...document.querySelectorAll('.tile img')].length > 12 && [...document.querySelectorAll('.tile img')].slice(0, 18).every(image => image.complete && image.naturalWidth)")
        page.screenshot(path=os.path.join(folder, f"{view}.jpg"), type="jpeg", quality=78)
    browser.close()
