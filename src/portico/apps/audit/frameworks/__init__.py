"""OSCAL catalogs and profiles, resolved into requirements."""
