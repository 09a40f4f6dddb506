"""Tests of the report sections."""
