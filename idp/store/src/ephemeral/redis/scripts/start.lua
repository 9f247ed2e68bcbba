return { epoch, began }
