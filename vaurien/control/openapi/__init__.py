"""The OpenAPI document of the control API, made from declarations: `operations` and `schemas`."""
