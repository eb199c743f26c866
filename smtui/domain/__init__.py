"""What Session Manager is: values and rules. Standard library only, no input or output."""
