"""All advice: what helps against each failure, and the troubleshooting texts, one data file each."""
