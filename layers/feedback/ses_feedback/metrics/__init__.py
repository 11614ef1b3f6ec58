"""What is counted for CloudWatch, and the alarms on the rates of each environment."""
