// NVIDIA's management library for tests: two GPUs, with the calls that Hven uses.
#include <stdio.h>

static int devices[2] = {0, 1};

int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int result) { return result ? "an error" : "no error"; }

int nvmlDeviceGetCount_v2(unsigned int *count) {
  *count = 2;
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, int **device) {
  if (index >= 2) return 2;
  *device = &devices[index];
  return 0;
}

int nvmlDeviceGetName(int *device, char *name, unsigned int length) {
  (void)device;
  snprintf(name, length, "NVIDIA Test 9000");
  return 0;
}
