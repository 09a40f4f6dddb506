"""The faces: one package per role, one module per page or group of pages, gathered by ``create_app``."""
