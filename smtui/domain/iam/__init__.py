"""IAM's policy language, as far as one question needs it: may this be done, and which statement says so?

Source: IAM JSON policy elements reference and Policy evaluation logic in the AWS documentation. Answers are honest
about what cannot be known from here: a condition or a resource that we cannot place makes them uncertain.
"""
