"""Charts: drawn once as frozen marks, painted as SVG for the page and as ReportLab drawing for the PDF."""
