"""AWS as the domain sees it. The only package that imports boto3."""
