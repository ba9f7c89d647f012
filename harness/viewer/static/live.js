// Loads a page again when its run has grown; every page works without this.
preparePage();
const { run, version, waiting } = document.body.dataset;
if (waiting !== undefined) { setTimeout(() => location.reload(), 700); }
else if (run !== undefined) {
  const look = async () => {
    try {
      const answer = await fetch(`/run/${run}/version`);
      if (answer.ok && (await answer.json()).version !== version && !document.hidden) { location.reload(); return; }
    } catch { /* the viewer was stopped */ return; }
    setTimeout(look, 3000);
  };
  setTimeout(look, version ? 3000 : 500);
}
