"""The pages: `page` is what one is, `serving` serves them, and each other module is one page."""
