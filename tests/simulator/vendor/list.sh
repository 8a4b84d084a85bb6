curl "https://api.airforce/v1/video/tasks?limit=20&status=completed" \
-H "Authorization: Bearer sk-air-YOUR_API_KEY"
