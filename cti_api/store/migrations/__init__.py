"""Every change the tables went through, oldest first; run by `cti_api.store.migrate`."""
