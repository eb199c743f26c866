"""Values of what smtui does with nodes beside sessions."""
