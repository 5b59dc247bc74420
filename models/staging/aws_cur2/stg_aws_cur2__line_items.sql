{{ aws_line_items('aws_cur2', map_value('product', 'product_name')) }}
