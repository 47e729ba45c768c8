"""PAXml, against its stand-in."""
