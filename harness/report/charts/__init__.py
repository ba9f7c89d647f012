"""`harness charts`: points, axes and drawing, as Vega-Lite and SVG."""
