"""What the features share: lists, forms, sheets, header, footer and cells."""
