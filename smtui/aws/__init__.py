"""AWS as the domain sees it. The only package, beside the demo, that imports botocore."""
