"""What `import harness` offers: run, load and compare from Python."""
