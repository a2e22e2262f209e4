"""Toxiproxy: the HTTP dialect of Shopify's Toxiproxy, so that its clients work with Vaurien."""
