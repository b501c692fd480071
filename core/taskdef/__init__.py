"""Task definitions: from ECS JSON to values, from values to the bodies of Docker's Engine API."""
