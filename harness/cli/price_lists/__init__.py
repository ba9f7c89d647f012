"""`harness prices update`: price lists that others maintain, and the user's own price files."""
