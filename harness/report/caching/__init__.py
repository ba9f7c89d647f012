"""A warm run beside a cold one: what prompt caches save (`harness compare WARM COLD`)."""
