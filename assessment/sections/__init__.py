"""Report sections: the same section feeds the page and the PDF. A folder with a ``section.py`` is one."""
