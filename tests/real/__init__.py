"""Workloads of real clients against real servers, directly and through Vaurien."""
