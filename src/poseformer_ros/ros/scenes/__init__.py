"""What RViz shows: markers of person, fitted body and set."""
