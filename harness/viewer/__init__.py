"""`harness view` and `harness publish`: runs and samples as local or static pages."""
